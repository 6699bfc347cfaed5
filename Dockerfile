# Two images: `app` (web, worker, beat and migrate are the same one) and `front` (TLS).

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM node:24-bookworm-slim AS kit
WORKDIR /frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/ requirements/
# Babel compiles the translations here and is not needed later.
RUN python -m venv /venv \
    && pip install --quiet -r requirements/uv.txt $(grep ^babel== requirements/demo.lock) \
    && uv pip sync --quiet --no-cache --compile-bytecode --python /venv/bin/python requirements/production.lock
COPY . .
COPY --from=kit /frontend/dist frontend/dist
RUN pybabel --quiet compile --directory locale --domain django \
    && SECRET_KEY=for-this-step-only ALLOWED_HOSTS=nowhere STATIC_ROOT=/static \
       /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q marketing_ops customers brands inventory orders

FROM ${PYTHON_IMAGE} AS app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/marketing-ops STATIC_ROOT=/static
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app \
    && install --directory --owner=app --group=app --mode=0750 /var/lib/marketing-ops
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "marketing_ops.wsgi:application"]

FROM caddy:2-alpine AS front
# Without root: its folders belong to an ordinary user, and its ports are above 1024.
RUN chown -R 10001:10001 /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10001
