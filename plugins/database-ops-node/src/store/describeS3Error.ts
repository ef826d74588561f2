import {
  ConflictError,
  ErrorLike,
  NotFoundError,
  isError,
  toError,
} from '@backstage/errors';
import { RepositoryDefinition } from '../databases/types';
import { OperationFailedError } from '../failure/OperationFailedError';

const TLS_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const UNREACHABLE_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
]);

const CREDENTIAL_NAMES = new Set([
  'AccessDenied',
  'Forbidden',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
]);

/**
 * Turns an error of the S3 client into one that names the repository, the
 * cause and the next step; never a key of the account.
 *
 * @param thrown - what the client threw
 * @param repository - the repository that was talked to
 * @param key - the object concerned, when there is one
 * @returns ConflictError for a write condition that does not hold,
 * NotFoundError for an absent object, else OperationFailedError
 * @public
 */
export function describeS3Error(
  thrown: unknown,
  repository: RepositoryDefinition,
  key?: string,
): Error {
  const error = toError(thrown);
  const name = error.name;
  const codes = errorCodes(error);
  const status = httpStatus(error);
  const place = placeOf(repository);
  // Without the client's error as cause: its fields carry the access key and what was signed.
  const failed = (code: string, cause: string, nextStep: string) =>
    new OperationFailedError({
      cause,
      object: `repository ${repository.id}`,
      nextStep,
      code,
    });

  if (status === 412 || status === 409) {
    return new ConflictError(
      `Object '${key ?? ''}' in ${inSentence(place)} was written by somebody else in between; read it again before writing.`,
    );
  }
  if (name === 'NoSuchBucket') {
    return failed(
      'repository-bucket-missing',
      `Bucket '${repository.bucket}' of ${inSentence(place)} does not exist.`,
      `Create it, or correct databaseOps.repositories.${repository.id}.bucket.`,
    );
  }
  if (name === 'NoSuchKey' || name === 'NotFound' || status === 404) {
    return new NotFoundError(
      `Object '${key ?? ''}' is not in ${inSentence(place)}.`,
    );
  }
  if (name === 'InvalidAccessKeyId' || name === 'SignatureDoesNotMatch') {
    return failed(
      'repository-credentials',
      `${place} refused the access key or its secret (${name}).`,
      `Correct accessKeyId and secretAccessKey of databaseOps.repositories.${repository.id}.`,
    );
  }
  if (CREDENTIAL_NAMES.has(name) || status === 401 || status === 403) {
    return failed(
      'repository-access-denied',
      `${place} denied access (${name}): the bucket does not exist, or the account may not do this there.`,
      `Check the bucket's name in databaseOps.repositories.${repository.id}, and allow its account to read, write and list there; a bucket policy may also demand encryption (serverSideEncryption).`,
    );
  }
  const tls = codes.find(code => TLS_CODES.has(code));
  if (tls) {
    return failed(
      'repository-tls',
      `The certificate of ${inSentence(place)} is not trusted (${tls}).`,
      `Set caFile of databaseOps.repositories.${repository.id} to the authority that signed it, and use the name in its certificate.`,
    );
  }
  const unreachable = codes.find(code => UNREACHABLE_CODES.has(code));
  if (unreachable || name === 'TimeoutError') {
    return failed(
      'repository-unreachable',
      `${place} cannot be reached (${unreachable ?? 'no answer in time'}).`,
      `Check that the store runs and that the endpoint of databaseOps.repositories.${repository.id} is right.`,
    );
  }
  return failed(
    `repository-${name}`,
    `${place} answered with ${name}${status ? ` (HTTP ${status})` : ''}: ${error.message.replace(/[.]+$/, '')}.`,
    'Look into the log of the store, and try again when it is well.',
  );
}

function placeOf(repository: RepositoryDefinition): string {
  const endpoint = repository.endpoint ?? `AWS ${repository.region}`;
  return `Repository '${repository.id}' (bucket '${repository.bucket}' at ${endpoint})`;
}

function inSentence(place: string): string {
  return place.replace(/^R/, 'r');
}

/** Codes of the error, of its causes, and of the attempts that an AggregateError gathers. */
function errorCodes(error: ErrorLike): readonly string[] {
  const gathered = Array.isArray(error.errors) ? error.errors : [];
  const causes: unknown[] = [error.cause, ...gathered];
  // The S3 client wraps an error of another JavaScript realm, as test runners
  // have them: its code is then left in the message only.
  const [wrappedCode] =
    typeof error.message === 'string'
      ? (/^AWS SDK error wrapper for .*\b(E[A-Z]{3,})\b/
          .exec(error.message)
          ?.slice(1) ?? [])
      : [];
  return [
    ...(typeof error.code === 'string' ? [error.code] : []),
    ...(wrappedCode ? [wrappedCode] : []),
    ...causes.flatMap(cause => (isError(cause) ? errorCodes(cause) : [])),
  ];
}

function httpStatus(error: ErrorLike): number | undefined {
  const metadata = error.$metadata as
    { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}
