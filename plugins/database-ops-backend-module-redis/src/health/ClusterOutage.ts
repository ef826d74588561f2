import { MemberFacts } from './facts';

/** A failover leaves slots without a master for a second or two. */
const FAILOVER_SECONDS = 10;

/** Tells a cluster that refuses its clients from one that is replacing a master. */
export class ClusterOutage {
  #failingSince?: Date;

  /**
   * Takes in what the answering members said in one check.
   *
   * @returns for how many seconds all of them have said `fail`, once that has
   * outlasted a failover; one check alone cannot tell
   */
  remember(facts: readonly MemberFacts[], now: Date): number | undefined {
    const failing =
      facts.length > 0 &&
      facts.every(({ clusterInfo }) => clusterInfo?.cluster_state === 'fail');
    this.#failingSince = failing ? (this.#failingSince ?? now) : undefined;
    if (!this.#failingSince) {
      return undefined;
    }
    const seconds = (now.getTime() - this.#failingSince.getTime()) / 1000;
    return seconds > FAILOVER_SECONDS ? Math.round(seconds) : undefined;
  }
}
