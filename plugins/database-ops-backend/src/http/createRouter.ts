import { createOpenApiRouter } from '../schema/openapi';
import { AuthorizedAudit } from '../audit/AuthorizedAudit';
import { AuthorizedOperations } from '../operations/AuthorizedOperations';
import { addAuditRoutes } from './auditRoutes';
import { DatabaseRouteOptions, addDatabaseRoutes } from './databaseRoutes';
import { addOperationRoutes } from './operationRoutes';
import { PolicyRouteOptions, addPolicyRoutes } from './policyRoutes';
import { refuseNul } from './refuseNul';
import { RetentionRouteOptions, addRetentionRoutes } from './retentionRoutes';
import { ApiRouter } from './types';

/** The HTTP API; requests are validated against its OpenAPI document, served at `/openapi.json`. */
export async function createRouter(
  options: DatabaseRouteOptions &
    PolicyRouteOptions &
    RetentionRouteOptions & {
      readonly operations: AuthorizedOperations;
      readonly audit: AuthorizedAudit;
    },
): Promise<ApiRouter> {
  const router = await createOpenApiRouter();
  router.use(refuseNul);
  addDatabaseRoutes(router, options);
  addOperationRoutes(router, options);
  addAuditRoutes(router, options);
  addPolicyRoutes(router, options);
  addRetentionRoutes(router, options);
  return router;
}
