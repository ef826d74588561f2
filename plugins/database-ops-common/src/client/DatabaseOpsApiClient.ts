import {
  CreateOperation,
  DefaultApiClient,
  GetPanelData,
  Operation,
  PanelData,
  RequestOptions,
  TypedResponse,
} from '../schema/openapi';

/**
 * The generated client of the HTTP API with two requests corrected: the
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
    const { idempotencyKey, ...others } = request.header;
    const header = { ...others, 'Idempotency-Key': idempotencyKey };
    return super.createOperation(
      { ...request, header: header as unknown as CreateOperation['header'] },
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
