import { McpPipeError, type McpPipeErrorCode } from '../../protocol/errors.js';

/** A service was not installed, not started or not removed. Its texts are in the reader's language. */
export class ServiceError extends McpPipeError {
  /** `explain` ends with exit code 2 for USAGE. */
  override readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, { what, next }: { what: string; next: string }) {
    super(what, { next });
    this.code = code;
  }
}

type ServiceErrorCode = 'USAGE' | Extract<McpPipeErrorCode, `SERVICE_${string}`>;
