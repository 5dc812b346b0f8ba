import { spawn } from 'node:child_process';

/** Wall time of one run of a process, in milliseconds. Throws when it fails. */
export async function timed(command: string, words: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'inherit'], // into /dev/null, grep would stop at its first match
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  child.stdout.resume();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${String(code)}`);
  return performance.now() - startedAt;
}

export function median(times: readonly number[]): number {
  const sorted = times.toSorted((one, two) => one - two);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Only the ratio means something: absolute times drift on shared machines. */
export function printRatio(name: string, times: readonly number[], beside: readonly number[]): void {
  const [one, two] = [median(times), median(beside)];
  process.stdout.write(
    `${name}: ${(one / two).toFixed(2)} times (median ${one.toFixed(0)} ms beside ${two.toFixed(0)} ms, ${times.length} runs each)\n`,
  );
}
