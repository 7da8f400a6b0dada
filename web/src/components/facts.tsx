import type { ReactNode } from "react";

interface Props {
  facts: readonly (readonly [string, ReactNode])[];
}

// Names and what they are, in two columns; one below the other where it is narrow.
export function Facts({ facts }: Props) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
