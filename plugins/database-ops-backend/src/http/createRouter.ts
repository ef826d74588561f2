import { createOpenApiRouter } from '../schema/openapi';
import { AuthorizedApprovals } from '../approvals/AuthorizedApprovals';
import { AuthorizedAudit } from '../audit/AuthorizedAudit';
import { AuthorizedOperations } from '../operations/AuthorizedOperations';
import { addApprovalRoutes } from './approvalRoutes';
import { addAuditRoutes } from './auditRoutes';
import { BlastRadiusService } from '../blast-radius/BlastRadiusService';
import { addBlastRadiusRoutes } from './blastRadiusRoutes';
import { DatabaseRouteOptions, addDatabaseRoutes } from './databaseRoutes';
import { AuthorizedMaintenance } from '../maintenance/AuthorizedMaintenance';
import { InsightRouteOptions, addInsightRoutes } from './insightRoutes';
import { addMaintenanceRoutes } from './maintenanceRoutes';
import { addOperationRoutes } from './operationRoutes';
import { PolicyRouteOptions, addPolicyRoutes } from './policyRoutes';
import { refuseNul } from './refuseNul';
import {
  RepositoryRouteOptions,
  addRepositoryRoutes,
} from './repositoryRoutes';
import { RetentionRouteOptions, addRetentionRoutes } from './retentionRoutes';
import { ApiRouter } from './types';

/** The HTTP API; requests are validated against its OpenAPI document, served at `/openapi.json`. */
export async function createRouter(
  options: DatabaseRouteOptions &
    RepositoryRouteOptions &
    PolicyRouteOptions &
    RetentionRouteOptions &
    InsightRouteOptions & {
      readonly operations: AuthorizedOperations;
      readonly audit: AuthorizedAudit;
      readonly approvals: AuthorizedApprovals;
      readonly blastRadius: BlastRadiusService;
      readonly maintenance: AuthorizedMaintenance;
    },
): Promise<ApiRouter> {
  const router = await createOpenApiRouter();
  router.use(refuseNul);
  addDatabaseRoutes(router, options);
  addOperationRoutes(router, options);
  addAuditRoutes(router, options);
  addApprovalRoutes(router, options);
  addBlastRadiusRoutes(router, options);
  addInsightRoutes(router, options);
  addMaintenanceRoutes(router, options);
  addPolicyRoutes(router, options);
  addRetentionRoutes(router, options);
  addRepositoryRoutes(router, options);
  return router;
}
