# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /mamori && /mamori/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY worker worker
COPY rules rules
COPY templates templates
RUN /mamori/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim AS mamori
RUN useradd --uid 10001 --create-home --home-dir /home/mamori mamori && install -d -o mamori -g mamori /var/lib/mamori
COPY --from=build /mamori /mamori
ENV PATH=/mamori/bin:$PATH PYTHONUNBUFFERED=1 MAMORI_CONFIG=/etc/mamori/mamori.toml
USER 10001:10001
WORKDIR /var/lib/mamori
VOLUME /var/lib/mamori
EXPOSE 8025
ENTRYPOINT ["mamori"]
CMD ["up"]

# A mailbox to try things with: `docker compose --profile demo up`.
FROM python:3.13-slim AS mailbox
RUN apt-get update && apt-get install -y --no-install-recommends dovecot-imapd && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10002 --create-home --home-dir /home/mail mailuser && install -d -o mailuser /var/lib/mail
COPY docs/examples/dovecot.conf /etc/dovecot/dovecot.conf
USER 10002:10002
EXPOSE 1143
CMD ["dovecot", "-F"]
