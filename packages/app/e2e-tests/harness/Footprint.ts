import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses, unlessGone } from './processes';

/** State of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A';

interface Listener {
  readonly port: number;
  readonly inode: string;
}

async function listListeners(): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(async file =>
      existsSync(file) ? readFile(file, 'utf8') : '',
    ),
  );
  return tables.flatMap(table =>
    table
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(columns => columns[3] === LISTENING)
      .map(columns => ({
        port: parseInt(columns[1].split(':').at(-1)!, 16),
        inode: columns[9],
      })),
  );
}

async function socketsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = (await unlessGone(readdir(folder))) ?? [];
  const links = await Promise.all(
    descriptors.map(each => unlessGone(readlink(join(folder, each)))),
  );
  return links.flatMap(
    link => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? [],
  );
}

/** The processes, listening ports and folders that belong to some folders. */
export class Footprint {
  readonly pids: readonly number[];
  readonly ports: readonly number[];
  readonly #folders: readonly string[];

  /** Processes that name one of the folders, and those of their groups. */
  static async of(folders: readonly string[]): Promise<Footprint> {
    const processes = await listProcesses();
    const groups = new Set(
      processes
        .filter(each => each.pid !== process.pid)
        .filter(each =>
          [...each.arguments, ...each.environment].some(word =>
            folders.some(folder => word.includes(folder)),
          ),
        )
        .map(({ groupId }) => groupId),
    );
    const pids = processes
      .filter(({ groupId }) => groups.has(groupId))
      .map(({ pid }) => pid);
    const sockets = new Set((await Promise.all(pids.map(socketsOf))).flat());
    const ports = (await listListeners())
      .filter(({ inode }) => sockets.has(inode))
      .map(({ port }) => port);
    return new Footprint(folders, pids, [...new Set(ports)]);
  }

  private constructor(
    folders: readonly string[],
    pids: readonly number[],
    ports: readonly number[],
  ) {
    this.#folders = folders;
    this.pids = pids;
    this.ports = ports;
  }

  /** What of it is there now. */
  async left(): Promise<readonly string[]> {
    const living = new Set((await listProcesses()).map(({ pid }) => pid));
    const listening = new Set((await listListeners()).map(({ port }) => port));
    // SeaweedFS names its sockets after its ports.
    const sockets = (await readdir(tmpdir())).filter(name =>
      this.ports.some(port => name.endsWith(`-${port}.sock`)),
    );
    return [
      ...this.pids.filter(pid => living.has(pid)).map(pid => `process ${pid}`),
      ...this.ports
        .filter(port => listening.has(port))
        .map(port => `port ${port}`),
      ...this.#folders.filter(existsSync),
      ...sockets,
    ];
  }
}
