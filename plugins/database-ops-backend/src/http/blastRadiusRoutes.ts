import { BlastRadiusService } from '../blast-radius/BlastRadiusService';
import { CallerOf } from './callerOf';
import { ApiRouter } from './types';

/** Who would notice a restore or a promotion. */
export function addBlastRadiusRoutes(
  router: ApiRouter,
  options: {
    readonly callerOf: CallerOf;
    readonly blastRadius: BlastRadiusService;
  },
): void {
  const { callerOf, blastRadius } = options;

  router.get('/databases/:databaseId/blast-radius', async (req, res) => {
    res.json(
      await blastRadius.get(
        await callerOf(req),
        req.params.databaseId,
        req.query,
      ),
    );
  });
}
