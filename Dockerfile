# syntax=docker/dockerfile:1
# The images of rpm-api.
#
#   docker build --tag rpm-api .                                   the server and its commands, without a shell
#   docker build --tag rpm-api-tools --target tools .              the same, with PostgreSQL's client programs: backup, restore, psql
#
# Both run as a user without rights (65532) and write nothing but RPM_HOME and /tmp; the root file system may be read-only.

# -- the web pages
FROM node:22-trixie-slim AS pages
WORKDIR /build/cockpit
COPY cockpit/package.json cockpit/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY schema.graphql /build/
COPY cockpit ./
RUN npm run --silent build

# -- the server, with the pages inside
FROM rust:1.95-slim-trixie AS build
# The allocator is built with it. Not pinned: any will do.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
COPY --from=pages /build/cockpit/dist cockpit/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --package rpm-api \
    && cp target/release/rpm-api /rpm-api \
    && mkdir -m 700 /home-of-rpm-api

# -- with PostgreSQL's client programs
FROM debian:trixie-slim AS tools
# Not pinned: a client wants the distribution's latest fixes, and any 17 will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /rpm-api /usr/local/bin/rpm-api
COPY --from=build --chown=65532:65532 /home-of-rpm-api /var/lib/rpm-api
COPY deploy/create-database.sh /usr/local/bin/create-database.sh
ENV RPM_HOME=/var/lib/rpm-api RPM_LOG_FORMAT=json
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/rpm-api"]

# -- the server
FROM gcr.io/distroless/cc-debian13:nonroot AS server
COPY --from=build /rpm-api /usr/local/bin/rpm-api
COPY --from=build --chown=65532:65532 /home-of-rpm-api /var/lib/rpm-api
ENV RPM_HOME=/var/lib/rpm-api RPM_HOST=0.0.0.0 RPM_LOG_FORMAT=json PORT=8080
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/rpm-api"]
CMD ["serve"]
