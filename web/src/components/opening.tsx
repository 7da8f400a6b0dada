import { Button, Center, Loader, Stack } from "@mantine/core";
import { useEffect, useState } from "react";
import { useServerState } from "../state/health";

const LONG_MS = 8000;

// While a view is being loaded, which without a server takes until it is back.
export function Opening() {
  const isDown = useServerState() === "offline";
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Center mih="40vh" role="status">
      {isDown ? (
        <p className="opening">
          <strong>The server cannot be reached.</strong> This view opens by itself as soon as it is
          back.
        </p>
      ) : (
        <Stack align="center">
          <Loader aria-label="Loading" />
          {/* Another version of the program has other files: waiting does not help. */}
          {isLong && (
            <Button variant="default" onClick={() => location.reload()}>
              It takes long: load the page anew
            </Button>
          )}
        </Stack>
      )}
    </Center>
  );
}
