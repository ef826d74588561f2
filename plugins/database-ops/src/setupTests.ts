import '@testing-library/jest-dom';

// Queries by role walk the whole page with its styles: seconds on a busy machine.
jest.setTimeout(30_000);
