import * as fc from 'fast-check';

/** Any text, lone surrogates and control characters included: what somebody hostile may call a client. */
export function anyText(lengths: {
  readonly minLength?: number;
  readonly maxLength?: number;
}): fc.Arbitrary<string> {
  const codePoint = fc.oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xff_ff }), fc.nat({ max: 0x10_ff_ff }));
  return fc
    .array(codePoint, lengths)
    .map((points) => points.map((point) => String.fromCodePoint(point)).join(''));
}
