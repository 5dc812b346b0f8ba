import { BlockList, isIP } from 'node:net';

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu;

/** The formats of W3C's NOTE-datetime, which IAM names: a time of day has a time zone. */
const DATE = /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?$/u;

/** An integer or decimal. */
export function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? finite(Number(text)) : undefined;
}

/** A moment in epoch milliseconds, from ISO 8601 or epoch seconds. Four digits are a year (W3C), not the first hours of 1970. */
export function momentOf(text: string): number | undefined {
  const seconds = numberOf(text);
  if (DATE.test(text)) return finite(Date.parse(text));
  return seconds === undefined ? undefined : finite(seconds * 1000);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** `true` or `false`, however capitalized. */
export function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : undefined;
}

type Address = { readonly address: string; readonly family: 'ipv4' | 'ipv6'; readonly bits: number };

/** An IPv4 or IPv6 address; one with a zone is none that a policy could name. */
function addressOf(text: string): Address | undefined {
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 0) return undefined;
  return version === 4
    ? { address: text, family: 'ipv4', bits: 32 }
    : { address: text, family: 'ipv6', bits: 128 };
}

/** The addresses of a CIDR block. Without a prefix length it is the one address (IAM User Guide, IP address operators). */
export function blockOf(text: string): BlockList | undefined {
  const [written = '', length, ...more] = text.split('/');
  const network = addressOf(written);
  if (network === undefined || more.length > 0) return undefined;
  if (length !== undefined && (!/^\d{1,3}$/u.test(length) || Number(length) > network.bits)) return undefined;
  const block = new BlockList();
  block.addSubnet(network.address, length === undefined ? network.bits : Number(length), network.family);
  return block;
}

/** Whether an address is in a block. */
export function contains(block: BlockList, text: string): boolean {
  const address = addressOf(text);
  return address !== undefined && block.check(address.address, address.family);
}
