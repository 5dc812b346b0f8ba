/**
 * Stands for the editor behind one of inquirer's prompts, which is never asked here: the encodings that it knows are half a
 * megabyte.
 */
export function editAsync(): never {
  throw new Error('there is no editor in this bundle');
}
