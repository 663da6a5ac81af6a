import { McpPipeError } from '../../protocol/errors.js';

/** A service was not installed, not started or not removed. Its texts are in the reader's language. */
export class ServiceError extends McpPipeError {
  override readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, { what, next }: { what: string; next: string }) {
    super(what, { next });
    this.code = code;
  }
}

type ServiceErrorCode =
  /** `explain` ends with exit code 2 for it. */
  | 'USAGE'
  | 'SERVICE_MANAGER_ABSENT'
  | 'SERVICE_FILE_FOREIGN'
  | 'SERVICE_NAME_TAKEN'
  | 'SERVICE_INSTALLED_ALREADY'
  | 'SERVICE_COPY_RUNS'
  | 'SERVICE_TOKEN_TAKEN'
  | 'SERVICE_VARIABLES'
  | 'SERVICE_DENIED'
  | 'SERVICE_COMMAND_FAILED'
  | 'SERVICE_SILENT';
