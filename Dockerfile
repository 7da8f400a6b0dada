# HeartBeat AI in a container. script/image builds it and tries it out; docker-compose.yml runs it.
#
#   runtime   the server and the command line, without libtorch (the default)
#   training  the same with heartbeat-train, for `heartbeat train` and /retrain
#
# The root may be read-only; what is kept goes to the volume /var/lib/heartbeat, and uploads over 1 MiB
# wait in /tmp: docker run --read-only --tmpfs /tmp --volume heartbeat-data:/var/lib/heartbeat …
# It listens beyond the container, which the server refuses as long as nobody has to log in: publish the
# port on 127.0.0.1 alone, or behind what keeps strangers out, and say so with --env HEARTBEAT_INSECURE=true.

ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS build
ARG PACKAGE_OPTIONS=
WORKDIR /source
# What is installed depends on these alone: a change of anything else does not install it again.
COPY script/bootstrap script/common.sh script/
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN script/bootstrap --serve --package ${PACKAGE_OPTIONS:+--training}
COPY . .
RUN script/package ${PACKAGE_OPTIONS}

FROM ${DEBIAN} AS runtime
# The volume's owner has a number that does not change from build to build.
RUN groupadd --system --gid 10001 heartbeat && \
    useradd --system --uid 10001 --gid heartbeat --home-dir /var/lib/heartbeat --no-create-home \
      --shell /usr/sbin/nologin heartbeat
COPY deploy/docker/heartbeat-health /usr/local/bin/
COPY --from=build /source/build/package/packages/heartbeat_*.deb /packages/
RUN apt-get update && \
    apt-get install --yes --no-install-recommends /packages/heartbeat_*.deb && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /packages
ENV HEARTBEAT_HOST=0.0.0.0 \
    HEARTBEAT_DATA_DIR=/var/lib/heartbeat \
    HEARTBEAT_REQUEST_LOG=-
USER 10001:10001
WORKDIR /var/lib/heartbeat
VOLUME /var/lib/heartbeat
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["heartbeat-health"]
CMD ["heartbeat", "serve"]

# Built with --build-arg PACKAGE_OPTIONS=--with-training.
FROM runtime AS training
USER root
COPY --from=build /source/build/package/packages/heartbeat-train_*.deb /packages/
RUN apt-get update && \
    apt-get install --yes --no-install-recommends /packages/*.deb libopenblas0-pthread && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /packages
USER 10001:10001

FROM runtime
