import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";

interface Props {
  width: number; // in CSS pixels
  height: number;
  className: string;
  label: string;
  // Must be the same function where there is nothing new to draw. The canvas is empty, its unit a pixel
  // of CSS.
  draw: (context: CanvasRenderingContext2D, canvas: HTMLCanvasElement) => void;
}

// A picture as sharp as the screen, drawn again for other colours.
export function Canvas({ width, height, className, label, draw }: Props) {
  const scheme = useComputedColorScheme("light");
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || width <= 0) return;
    const scale = Math.max(window.devicePixelRatio, 1);
    canvas.current.width = Math.round(width * scale);
    canvas.current.height = Math.round(height * scale);
    context.scale(scale, scale);
    draw(context, canvas.current);
  }, [width, height, draw, scheme]);
  return (
    <canvas
      ref={canvas}
      className={`picture ${className}`}
      style={{ height }}
      role="img"
      aria-label={label}
    />
  );
}
