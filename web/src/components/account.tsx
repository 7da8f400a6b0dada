import { Button } from "@mantine/core";
import { useState } from "react";
import { leave, useAccess } from "../state/access";

// Who is logged in, and the way out; nothing where nobody has to log in.
export function Account() {
  const access = useAccess();
  const [hasFailed, setFailed] = useState(false);
  if (access.kind !== "in" || !access.key) return null;
  const { name, scopes } = access.key;
  return (
    <span className="account">
      <span className="account-name" title={`${name} may: ${scopes.join(", ")}`}>
        {name}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        title={`Logged in as ${name}`}
        onClick={() => {
          setFailed(false);
          leave().catch(() => setFailed(true));
        }}
      >
        {hasFailed ? "Not logged out: try again" : "Log out"}
      </Button>
    </span>
  );
}
