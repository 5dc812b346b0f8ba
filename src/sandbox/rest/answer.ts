/** What a REST operation answers: a body, or one of AWS's named errors. An expected refusal is a value, not an exception. */
export type Answer = {
  readonly status: number;
  readonly body?: object | undefined;
  readonly errorType?: ErrorType;
};

/** The errors of the AWS IoT API reference that the sandbox gives, with their HTTP status (SDK). */
const STATUS_OF = {
  AccessDeniedException: 403,
  CertificateConflictException: 409,
  CertificateStateException: 406,
  CertificateValidationException: 400,
  DeleteConflictException: 409,
  ExpiredTokenException: 403,
  ForbiddenException: 403,
  InternalFailureException: 500,
  InvalidRequestException: 400,
  InvalidSignatureException: 403,
  LimitExceededException: 410,
  MalformedPolicyException: 400,
  MissingAuthenticationTokenException: 403,
  NotConfiguredException: 404,
  RequestEntityTooLargeException: 413,
  ResourceAlreadyExistsException: 409,
  ResourceNotFoundException: 404,
  ServiceUnavailableException: 503,
  ThrottlingException: 400,
  UnauthorizedException: 401,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  VersionConflictException: 409,
  VersionsLimitExceededException: 409,
} as const;

export type ErrorType = keyof typeof STATUS_OF;

export function answer(body?: object): Answer {
  return { status: 200, body };
}

/** @param status where the data plane gives the same error another one */
export function refusal(
  errorType: ErrorType,
  message: string,
  status: number = STATUS_OF[errorType],
): Answer {
  return { status, errorType, body: { message } };
}

export function notFound(what: string): Answer {
  return refusal('ResourceNotFoundException', `${what} does not exist`);
}

/** How REST-JSON writes a date: seconds, with a fraction. */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
