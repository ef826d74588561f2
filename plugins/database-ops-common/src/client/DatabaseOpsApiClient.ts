import {
  CreateOperation,
  DefaultApiClient,
  GetPanelData,
  Operation,
  PanelData,
  RequestOptions,
  RetryOperation,
  TypedResponse,
} from '../schema/openapi';

/**
 * The generated client of the HTTP API with three requests corrected: the
 * generator sends a header under the name of its property, and renames the
 * query parameter `from` in its type but not in its address.
 *
 * @public
 */
export class DatabaseOpsApiClient extends DefaultApiClient {
  /** Requests an operation; 409 names the operation that stands in the way. */
  async createOperation(
    request: CreateOperation,
    options?: RequestOptions,
  ): Promise<TypedResponse<Operation>> {
    return super.createOperation(
      { ...request, header: asSent(request.header) },
      options,
    );
  }

  /** Requests a failed operation again, as a new one. */
  async retryOperation(
    request: RetryOperation,
    options?: RequestOptions,
  ): Promise<TypedResponse<Operation>> {
    return super.retryOperation(
      { ...request, header: asSent(request.header) },
      options,
    );
  }

  /** A panel's series between `_from` and `to`, in epoch seconds. */
  async getPanelData(
    request: GetPanelData,
    options?: RequestOptions,
  ): Promise<TypedResponse<PanelData>> {
    const query = { ...request.query, from: request.query._from };
    return super.getPanelData({ ...request, query }, options);
  }
}

/** The header under the name that the API reads. */
function asSent<H extends { idempotencyKey: string }>(header: H): H {
  const { idempotencyKey, ...others } = header;
  return { ...others, 'Idempotency-Key': idempotencyKey } as unknown as H;
}
