import { Engine } from 'backstage-plugin-database-ops-node';
import { takeBackup } from './backup/takeBackup';
import { breakGlass } from './breakGlass';
import { PostgresqlConfig, readPostgresqlConfig } from './config';
import { connectCommand } from './connect';
import { capabilitiesOf } from './describe/capabilities';
import { inspectHost } from './doctor/inspectHost';
import { expireBackups } from './expire/expireBackups';
import { blastRadius } from './health/blastRadius';
import { hostConfiguration } from './host-setup/hostConfiguration';
import { abortGraceSeconds } from './in-place/abortGrace';
import { confirmInPlace } from './in-place/confirmInPlace';
import { isInPlace } from './in-place/openInPlace';
import { restoreInPlace } from './in-place/restoreInPlace';
import { rollBack } from './in-place/rollBack';
import { PostgresqlObserver } from './health/PostgresqlObserver';
import { cancelSession } from './insight/cancelSession';
import { queryRestored } from './insight/queryRestored';
import { sessions } from './insight/sessions';
import { statements } from './insight/statements';
import { readInventory } from './inventory/readInventory';
import { maintain } from './maintenance/maintain';
import { maintenancePreview } from './maintenance/preview';
import { advanceRestored } from './restore/advanceRestored';
import { discardRestored } from './restore/discardRestored';
import { promoteRestored } from './restore/promoteRestored';
import { restoreBackup } from './restore/restoreBackup';
import { rotateRole } from './rotation/rotateRole';
import { readQuestion } from './window/question';
import { verifyDatabase } from './verify/verifyDatabase';
import { fixedMoment } from './window/fixedMoment';
import { recoveryWindowOf } from './window/recoveryWindow';
import { resolveMoment } from './window/resolveMoment';

/**
 * The PostgreSQL engine; TimescaleDB is found at run time.
 *
 * @public
 */
export const engine: Engine<PostgresqlConfig> = {
  describe: {
    kind: 'postgresql',
    title: 'PostgreSQL',
    readConfig: readPostgresqlConfig,
    members: config => config.members,
    capabilities: capabilitiesOf,
    abortGraceSeconds,
    recoveryWindow: recoveryWindowOf,
    resolve: (_databaseId, inventory, parameters) =>
      fixedMoment(resolveMoment(inventory, readQuestion(parameters))),
    hostConfiguration,
  },
  observe: {
    createObserver: database => new PostgresqlObserver(database),
    connectCommand,
    blastRadius,
    breakGlass,
    maintenancePreview,
    insight: { statements, sessions, cancelSession },
    queryRestored,
    inspectHost,
  },
  operate: {
    inventory: readInventory,
    backup: takeBackup,
    restore: (target, parameters, context) =>
      parameters.mode === 'in-place'
        ? restoreInPlace(target, parameters, context)
        : restoreBackup(target, parameters, context),
    advance: advanceRestored,
    promote: (target, instance, parameters, context) =>
      isInPlace(instance)
        ? confirmInPlace(target, instance, context)
        : promoteRestored(target, instance, parameters, context),
    discard: (target, instance, context) =>
      isInPlace(instance)
        ? rollBack(target, instance, context)
        : discardRestored(target, instance, context),
    expire: expireBackups,
    verify: verifyDatabase,
    rotate: rotateRole,
    maintain,
  },
};
