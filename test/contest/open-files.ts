import { readdir, readlink } from 'node:fs/promises';

/** How many sockets and how many regular files a process has open. */
export type OpenFiles = { readonly sockets: number; readonly files: number };

/** As Linux tells it: every socket counts, whatever library opened it. */
export async function openFilesOf(pid: number): Promise<OpenFiles> {
  const directory = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(directory)).map((fd) => readlink(`${directory}/${fd}`).catch(() => '')),
  );
  return {
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    files: links.filter((link) => link.startsWith('/') && !link.startsWith('/dev/')).length,
  };
}

/** Looks until a process has no more open than it had, for a bounded time; what is too many then is a leak. */
export async function leakOf(pid: number, before: OpenFiles, patienceMs: number): Promise<OpenFiles> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const now = await openFilesOf(pid);
    const leak = {
      sockets: Math.max(0, now.sockets - before.sockets),
      files: Math.max(0, now.files - before.files),
    };
    if (leak.sockets + leak.files === 0 || Date.now() > giveUpAt) return leak;
    await new Promise((tick) => setTimeout(tick, 100));
  }
}
