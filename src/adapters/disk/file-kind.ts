import type { FileHandle } from 'node:fs/promises';
import { EvictError } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';

/** Of what is packed, only gzip is read. */
const PACKED = [
  { mark: '504b0304', as: 'a zip archive', hint: 'unzip it, and give the file that is in it' },
  { mark: '28b52ffd', as: 'packed with zstd', hint: 'unpack it (zstd -d), and give that file' },
] as const;

/** A file by the name that it is told of with. */
export type OpenFile = { readonly name: string; readonly handle: FileHandle };

const FIRST_BYTES = 4096;
const [UTF_16_LITTLE, UTF_16_BIG] = ['fffe', 'feff'];

/** Throws `file-invalid` where a file holds no text. What is packed is looked into later. */
export async function refuseBinary({ name, handle }: OpenFile): Promise<void> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
  const start = buffer.subarray(0, bytesRead);
  const mark = start.subarray(0, 2).toString('hex');
  if (mark === UTF_16_LITTLE || mark === UTF_16_BIG)
    throw invalid(name, 'it is UTF-16', 'convert it: iconv -f UTF-16 -t UTF-8');
  const packed = PACKED.find((one) => start.toString('hex').startsWith(one.mark));
  if (packed !== undefined) throw invalid(name, `it is ${packed.as}`, packed.hint);
  if (mark !== '1f8b' && start.includes(0))
    throw invalid(
      name,
      'it is binary (it holds NUL bytes)',
      'give JSON, a JSON array, JSON lines or an export of AWS IoT lifecycle events, gzipped or not',
    );
}

/** The error of a file that holds no events in any form. */
export function invalid(source: string, why: string, hint: string): EvictError {
  return new EvictError('file-invalid', `"${printable(source)}" is no event file: ${why}`, { hint });
}
