/** What the control plane answers: a body, or one of AWS's named errors. An expected refusal is a value, not an exception. */
export type Answer = {
  readonly status: number;
  readonly body?: object | undefined;
  readonly errorType?: ErrorType;
};

/** The errors of the AWS IoT API reference that the sandbox gives, with their HTTP status (SDK). */
const STATUS_OF = {
  CertificateStateException: 406,
  InternalFailureException: 500,
  InvalidRequestException: 400,
  InvalidSignatureException: 403,
  MalformedPolicyException: 400,
  MissingAuthenticationTokenException: 403,
  RequestEntityTooLargeException: 413,
  ResourceAlreadyExistsException: 409,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
} as const;

export type ErrorType = keyof typeof STATUS_OF;

export function answer(body?: object): Answer {
  return { status: 200, body };
}

export function refusal(errorType: ErrorType, message: string): Answer {
  return { status: STATUS_OF[errorType], errorType, body: { message } };
}

export function notFound(what: string): Answer {
  return refusal('ResourceNotFoundException', `${what} does not exist`);
}
