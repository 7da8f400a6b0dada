import { Center, Loader } from "@mantine/core";
import { useServerState } from "../state/health";

// While a view is being loaded, which without a server takes until it is back.
export function Opening() {
  const isDown = useServerState() === "offline";
  return (
    <Center mih="40vh" role="status">
      {isDown ? (
        <p className="opening">
          <strong>The server cannot be reached.</strong> This view opens by itself as soon as it is
          back.
        </p>
      ) : (
        <Loader aria-label="Loading" />
      )}
    </Center>
  );
}
