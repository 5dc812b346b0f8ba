// Loaded before the real bin with --import: ends it by SIGKILL once the record has KILL_AFTER entries on disk. With
// KILL_TORN, half of the next entry is there, too, as a power cut may leave it.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const after = Number(process.env['KILL_AFTER']);
const torn = process.env['KILL_TORN'] === 'true';
const die = () => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
};

const { open } = fs;
let written = 0;
fs.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (!String(path).endsWith('.jsonl') || !String(path).includes('incidents')) return handle;
  const write = handle.write.bind(handle);
  handle.write = async (bytes, offset, length, position) => {
    if (written === after) {
      if (torn) await write(bytes, offset, Math.floor(length / 2), position);
      await handle.datasync();
      return die();
    }
    written += 1;
    return write(bytes, offset, length, position);
  };
  return handle;
};
syncBuiltinESMExports();
