import { readFileSync } from 'node:fs';
import { AdminServer } from './AdminServer';
import { ZooKeeperConfig, ZooKeeperMember } from './config';
import { MemberFacts, parseMonitor } from './health/facts';
import { ZooKeeperSession } from './ZooKeeperSession';

/** Connecting, and each request, may take that long. */
export const ANSWER_SECONDS = 5;

/** Asks one server: in a session of our user, kept between checks, and through its admin server. */
export class MemberProbe {
  readonly member: ZooKeeperMember;
  readonly #config: ZooKeeperConfig;
  readonly #ca?: Buffer;
  readonly #admin: AdminServer;
  #session?: ZooKeeperSession;
  #abandonment = new AbortController();

  constructor(member: ZooKeeperMember, config: ZooKeeperConfig) {
    this.member = member;
    this.#config = config;
    this.#ca = config.tls?.caFile ? readFileSync(config.tls.caFile) : undefined;
    this.#admin = new AdminServer({
      host: member.host,
      port: member.adminPort,
      tls: config.tls && { ca: this.#ca },
      answerSeconds: ANSWER_SECONDS,
    });
  }

  /** Reads `/` as our user: proves that the server serves, and that the user may read. */
  async readRoot(): Promise<void> {
    const kept = this.#session;
    if (kept && !kept.ended) {
      try {
        await kept.children('/');
        return;
      } catch (error) {
        // One that was kept may have been ended by the other side; a new one tells.
        const lost = kept.ended;
        this.#dropSession();
        if (!lost) {
          throw error;
        }
      }
    }
    this.#session = await ZooKeeperSession.open({
      host: this.member.host,
      port: this.member.port,
      username: this.#config.username,
      password: this.#config.password.reveal(),
      tls: this.#config.tls && { ca: this.#ca },
      answerSeconds: ANSWER_SECONDS,
      signal: this.#abandonment.signal,
    });
    try {
      await this.#session.children('/');
    } catch (error) {
      this.#dropSession();
      throw error;
    }
  }

  async monitor(signal: AbortSignal): Promise<MemberFacts> {
    return parseMonitor(this.member, await this.#admin.monitor(signal));
  }

  /** Ends the session; a question that is being asked, or a session that is being opened, fails. */
  abandon(): void {
    this.#abandonment.abort();
    this.#abandonment = new AbortController();
    this.#dropSession();
  }

  close(): void {
    this.#dropSession();
    this.#admin.close();
  }

  #dropSession(): void {
    this.#session?.close();
    this.#session = undefined;
  }
}
