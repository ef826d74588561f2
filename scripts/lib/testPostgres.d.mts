export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server in that folder, which it removes when it is stopped. */
export function startTestPostgres(directory: string): Promise<TestPostgres>;
