import { claimsIn } from '../../../src/adapters/disk/claims.ts';
import { systemClock } from '../../../src/cli/system.ts';

/** Another process that claims a client, says so, and holds it until its standard input ends. */
const [directory = '', subject = ''] = process.argv.slice(2);
const claim = await claimsIn(directory, systemClock).claim(subject, new AbortController().signal);
process.stdout.write(claim === undefined ? 'refused\n' : 'claimed\n');
process.stdin.resume().once('end', () => {
  void claim?.[Symbol.asyncDispose]();
});
