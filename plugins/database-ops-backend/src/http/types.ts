import { createOpenApiRouter } from '../schema/openapi';

/** The router that the OpenAPI document types and validates. */
export type ApiRouter = Awaited<ReturnType<typeof createOpenApiRouter>>;
