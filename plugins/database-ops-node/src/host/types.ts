import { ObserveContext } from '../engine/observation';
import { ProcessRunner } from '../process/ProcessRunner';

/**
 * One line of a rendered configuration, or one statement of several lines.
 *
 * @public
 */
export interface HostConfigurationLine {
  readonly text: string;
  /** Why it is there and as it is. */
  readonly why?: string;
}

/**
 * What belongs together: a file, statements, or commands.
 *
 * @public
 */
export interface HostConfigurationSection {
  /** Unique within a rendering, for example `archiving`; file names are made of it. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'file' | 'sql' | 'shell';
  /** Where it goes: an absolute path, a database, or a machine in words. */
  readonly target: string;
  readonly lines: readonly HostConfigurationLine[];
}

/**
 * What the host of a database needs, in the order in which it is set up. No
 * secret stands in it: only names of environment variables.
 *
 * @public
 */
export interface HostConfiguration {
  readonly sections: readonly HostConfigurationSection[];
}

/**
 * What configuration of the portal does not know about a database's host.
 *
 * @public
 */
export interface HostFacts {
  /** From where portal and workers connect, for example `10.0.0.0/8`. */
  readonly portalNetwork?: string;
  /** Common name of the worker's certificate. */
  readonly workerName?: string;
  /** Account that runs the database there. */
  readonly account?: string;
  /** Which of several database hosts, by its name in configuration; the first when absent. */
  readonly host?: string;
  /** Where the database's tools keep what is on its way, on that host. */
  readonly spoolDirectory?: string;
  /** Libraries that the database loads at its start already. */
  readonly libraries?: readonly string[];
}

/**
 * What an inspection of a database's set-up is given, beside the network.
 *
 * @public
 */
export interface InspectionContext extends ObserveContext {
  readonly processes: ProcessRunner;
  /** A private folder (0700). */
  readonly workDirectory: string;
  readonly clock: () => Date;
}
