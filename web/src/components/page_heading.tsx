import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

interface Props {
  title: string; // of the tab
  children: ReactNode;
}

// The heading of a view. It takes the focus when the view is opened from another one, so that a screen
// reader says where it is; not when the page is loaded.
export function PageHeading({ title, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const isFirst = document.title === "HeartBeat AI";
    document.title = `${title} – HeartBeat AI`;
    if (!isFirst) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <Title order={1} className="page-heading" tabIndex={-1} ref={heading}>
      {children}
    </Title>
  );
}
