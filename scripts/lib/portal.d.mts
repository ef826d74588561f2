export interface PortalOptions {
  /** Keeps the database, the workers' folders and the log; made when absent. */
  readonly stateDirectory: string;
  /** Read after app-config.yaml and app-config.demo.yaml, in order. */
  readonly configFiles?: readonly string[];
  /** A free one when absent. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: (message: string) => void;
  /** An unpacked bundle; built from the sources when absent. */
  readonly bundle?: string;
  /** What the viewer has to be answered before the portal counts as usable. */
  readonly usablePath?: string;
}

/** A portal that runs from its built bundle. */
export class Portal {
  static start(options: PortalOptions): Promise<Portal>;
  readonly port: number;
  readonly url: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  readonly running: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** A token of a role of the demo: owner, viewer or approver. */
  token(role: string): Promise<string>;
}

export function freePort(): Promise<number>;
