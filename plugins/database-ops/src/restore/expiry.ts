/** How long a restored instance is kept before it is discarded by itself. */
export const EXPIRY_CHOICES = ['PT1H', 'PT4H', 'PT24H', 'P3D', 'P7D'] as const;

export const DEFAULT_EXPIRY = 'PT24H';
