/** What the SDK throws for one of AWS's named errors. */
export function anError(name: string, httpStatusCode: number, message?: string): object {
  return { name, $metadata: { httpStatusCode }, ...(message === undefined ? {} : { message }) };
}

export const BAD_REQUEST = anError('InvalidRequestException', 400);
export const NOT_FOUND = anError('ResourceNotFoundException', 404);
export const EXISTS = anError('ResourceAlreadyExistsException', 409);
export const DELETE_CONFLICT = anError('DeleteConflictException', 409);
export const VERSION_CONFLICT = anError('VersionConflictException', 409);
