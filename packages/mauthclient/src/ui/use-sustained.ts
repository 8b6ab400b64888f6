// SPDX-License-Identifier: MIT
import { useEffect, useState } from "react";

/** Turns true once the condition has held for `afterMs`, and false with it. */
export function useSustained(condition: boolean, afterMs: number): boolean {
  const [isLasting, setIsLasting] = useState(false);
  useEffect(() => {
    if (!condition) return undefined;
    const timer = setTimeout(() => setIsLasting(true), afterMs);
    return () => {
      clearTimeout(timer);
      setIsLasting(false);
    };
  }, [condition, afterMs]);
  return condition && isLasting;
}
