import { InsightService } from '../insight/InsightService';
import { QueryBox } from '../insight/QueryBox';
import { MaintenancePreviews } from '../upkeep/MaintenancePreviews';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

/** What the routes of maintenance and insight read from. */
export interface InsightRouteOptions {
  readonly callerOf: CallerOf;
  readonly previews: MaintenancePreviews;
  readonly insight: InsightService;
  readonly queryBox: QueryBox;
}

/** What a database runs, what maintenance would do, and what a paused copy holds. */
export function addInsightRoutes(
  router: ApiRouter,
  options: InsightRouteOptions,
): void {
  const { callerOf, previews, insight, queryBox } = options;

  router.get('/databases/:databaseId/maintenance-preview', async (req, res) => {
    res.json(
      await previews.get(
        await callerOf(req),
        req.params.databaseId,
        req.query.action,
      ),
    );
  });

  router.get('/databases/:databaseId/statements', async (req, res) => {
    res.json(
      await insight.statements(
        await callerOf(req),
        req.params.databaseId,
        numberOf(req.query.limit),
      ),
    );
  });

  router.get('/databases/:databaseId/sessions', async (req, res) => {
    res.json(
      await insight.sessions(await callerOf(req), req.params.databaseId),
    );
  });

  router.post(
    '/databases/:databaseId/sessions/:sessionId/cancellation',
    async (req, res) => {
      const { databaseId, sessionId } = req.params;
      res.json(
        await insight.cancel(await callerOf(req), {
          databaseId,
          sessionId,
          ...req.body,
        }),
      );
    },
  );

  router.post(
    '/restored-instances/:restoredInstanceId/queries',
    async (req, res) => {
      res.json(
        await queryBox.run(
          await callerOf(req),
          req.params.restoredInstanceId,
          req.body.statement,
        ),
      );
    },
  );
}
