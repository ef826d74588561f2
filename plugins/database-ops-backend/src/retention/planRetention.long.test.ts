import { retentionProperties } from './__testUtils__/retentionProperties';

jest.setTimeout(1_800_000);

describe('planRetention, whatever the past and the rules', () => {
  retentionProperties(1000);
});
