# One image for all roles: `hotline serve --role switch|engine|speech|clock|api`. The switch itself: asterisk/Dockerfile.
FROM debian:bookworm AS build
COPY scripts/packages/build.txt /tmp/build.txt
RUN apt-get update \
 && sed 's/#.*//' /tmp/build.txt | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-install-project
COPY . .
RUN /opt/uv/bin/uv sync --frozen --no-dev
# the speech model is part of the image: the roles need no network but the hotline's own
RUN apt-get update \
 && PATH=/opt/uv/bin:$PATH HOTLINE_SPEECH__MODELS=/models .venv/bin/hotline models fetch \
 && rm -rf /var/lib/apt/lists/*

FROM debian:bookworm-slim
# hotline-switch: the user that `asterisk` is in asterisk/Dockerfile, by the same number; its group reads the spool
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 991 hotline-switch \
 && useradd --system --uid 991 --gid 991 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin hotline-switch \
 && useradd --system --user-group --groups hotline-switch --uid 990 --home-dir /var/lib/hotline --shell /usr/sbin/nologin hotline \
 && install -d -o hotline -g hotline /var/lib/hotline /var/cache/hotline
COPY --from=build /app /app
COPY --from=build /models /var/cache/hotline/models
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOTLINE_HOME=/var/lib/hotline
USER hotline
ENTRYPOINT ["hotline"]
CMD ["serve"]
