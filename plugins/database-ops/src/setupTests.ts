import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// Queries by role walk the whole page with its styles: seconds on a busy machine.
jest.setTimeout(30_000);
configure({ asyncUtilTimeout: 10_000 });
