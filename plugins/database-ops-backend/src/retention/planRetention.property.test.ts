import { retentionProperties } from './__testUtils__/retentionProperties';

describe('planRetention, whatever the past and the rules', () => {
  retentionProperties(100);
});
