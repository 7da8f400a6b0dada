import { Button } from "@mantine/core";
import { PageHeading } from "../components/page_heading";

export function UnknownPage() {
  return (
    <>
      <PageHeading title="Not found">There is nothing at this address</PageHeading>
      <p>The link may be old, or mistyped.</p>
      <Button component="a" href="#/listen" mt="md">
        Go to Listen
      </Button>
    </>
  );
}
