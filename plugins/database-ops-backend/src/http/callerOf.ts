import { HttpAuthService } from '@backstage/backend-plugin-api';
import { Request } from 'express';
import { Caller } from '../permissions/DatabaseAuthorizer';

/** Who calls; an unauthenticated request is refused here. */
export type CallerOf = (request: Pick<Request, 'headers'>) => Promise<Caller>;

export function createCallerOf(httpAuth: HttpAuthService): CallerOf {
  return request =>
    httpAuth.credentials(request as Request, { allow: ['user', 'service'] });
}

/** A number of the query; validation has let only numbers through, as text or not. */
export function numberOf(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}
