;; Looks through text for what a search may be after, sixteen bytes at a time, and counts the lines that it passes.
;; `npm run generate` puts it into line-hits.wasm.ts.
(module
  (memory (export "memory") 1)
  ;; The newlines that were passed.
  (global $newlines (export "newlines") (mut i32) (i32.const 0))
  ;; How many bytes the needle has; it lies at the beginning of the memory.
  (global $length (export "length") (mut i32) (i32.const 0))
  ;; Which escape may hide the needle, besides \u; 0: any.
  (global $escape (export "escape") (mut i32) (i32.const 0))

  ;; Where the next hit is, at or after $at; $to, where there is none. A hit is the needle, its letters in either case, with
  ;; the end of a JSON string behind it, or an escape. The bytes from $to on must be zeros, sixteen and the needle's length
  ;; of them. Case is one bit: what else that bit makes equal is a hit too many.
  (func (export "next") (param $at i32) (param $to i32) (result i32)
    (local $bytes v128) (local $lines i32) (local $hits i32) (local $hit i32)
    (local $case v128) (local $first v128) (local $last v128) (local $head i32) (local $tail i32)
    ;; Of the needle, the second byte, as the first is a quote, and the last are compared at once: seldom are both there by
    ;; chance.
    (local.set $tail (i32.sub (global.get $length) (i32.const 1)))
    (local.set $head (i32.gt_u (global.get $length) (i32.const 1)))
    (local.set $case (i8x16.splat (i32.const 32)))
    (local.set $first (v128.or (local.get $case) (i8x16.splat (i32.load8_u (local.get $head)))))
    (local.set $last (v128.or (local.get $case) (i8x16.splat (i32.load8_u (local.get $tail)))))
    (loop $next_bytes
      (if (i32.ge_u (local.get $at) (local.get $to)) (then (return (local.get $to))))
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $lines (i8x16.bitmask (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 10))))) ;; newline
      (local.set $hits (i8x16.bitmask (v128.or
        (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 92))) ;; backslash
        (v128.and
          (i8x16.eq (v128.or (local.get $case) (v128.load (i32.add (local.get $at) (local.get $head)))) (local.get $first))
          (i8x16.eq (v128.or (local.get $case) (v128.load (i32.add (local.get $at) (local.get $tail)))) (local.get $last))))))
      (block $none
        (loop $next_hit
          (br_if $none (i32.eqz (local.get $hits)))
          (local.set $hit (i32.add (local.get $at) (i32.ctz (local.get $hits))))
          (if (call $counts (local.get $hit)) (then
            (global.set $newlines (i32.add (global.get $newlines) (i32.popcnt
              (i32.and (local.get $lines) (i32.sub (i32.shl (i32.const 1) (i32.ctz (local.get $hits))) (i32.const 1))))))
            (return (local.get $hit))))
          (local.set $hits (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1)))) ;; without its lowest bit
          (br $next_hit)))
      (global.set $newlines (i32.add (global.get $newlines) (i32.popcnt (local.get $lines))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next_bytes))
    (unreachable))

  (func $counts (param $at i32) (result i32)
    (local $byte i32) (local $next i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (local.set $next (i32.load8_u offset=1 (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 92)) (then (return (i32.or
      (i32.or (i32.eq (local.get $next) (i32.const 117)) (i32.eqz (global.get $escape))) ;; u
      (i32.eq (local.get $next) (global.get $escape))))))
    (call $is_needle (local.get $at)))

  (func $is_needle (param $at i32) (result i32)
    (local $count i32) (local $end i32)
    (loop $next_byte
      (if (i32.ne
          (i32.or (i32.const 32) (i32.load8_u (i32.add (local.get $at) (local.get $count))))
          (i32.or (i32.const 32) (i32.load8_u (local.get $count))))
        (then (return (i32.const 0))))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $next_byte (i32.lt_u (local.get $count) (global.get $length))))
    ;; A string ends with a quote; one within another string, with a backslash before it.
    (local.set $end (i32.load8_u (i32.add (local.get $at) (local.get $count))))
    (i32.or (i32.eq (local.get $end) (i32.const 34)) (i32.eq (local.get $end) (i32.const 92)))))
