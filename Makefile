# Shortcuts over the command line dbops, for the demo's databases. Sign in
# first: make login, or set DBOPS_URL and DBOPS_TOKEN. Any other database:
# make backup DATABASE=orders.

DBOPS := node scripts/ts.mjs packages/dbops/src/cli.ts
DATABASE ?= analytics-timescale
URL ?= http://127.0.0.1:7007
ROLE ?= owner
CONFIG ?= --config app-config.yaml --config app-config.demo.yaml --config .fleet/app-config.fleet.yaml

.DEFAULT_GOAL := help
.PHONY: help demo test login status health operations audit backup backups \
	restore backup-ts restore-ts connect-ts connect-redis connect-kafka \
	connect-zookeeper validate

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the portal with real servers on loopback
	npm run demo

test: ## everything that guards this repository
	npm test

login: ## sign in to the demo (ROLE=owner, viewer or approver)
	@$(DBOPS) --url $(URL) login --demo $(ROLE)

status: ## one line a database, worst first
	@$(DBOPS) status

health: ## every signal of every database
	@$(DBOPS) health

operations: ## operations, newest first
	@$(DBOPS) operations

audit: ## who did what to which database
	@$(DBOPS) audit

validate: ## read the configuration as the portal would
	@$(DBOPS) config check $(CONFIG)

backup: ## back up DATABASE and wait
	@$(DBOPS) backup $(DATABASE) --wait

backups: ## backups of DATABASE
	@$(DBOPS) backups $(DATABASE)

restore: ## restore the latest state of DATABASE to a new place (CONFIRM=its name)
	@$(DBOPS) restore $(DATABASE) --latest --confirm '$(CONFIRM)' --wait

backup-ts: ## back up the demo's TimescaleDB
	@$(DBOPS) backup analytics-timescale --wait

restore-ts: ## restore the demo's TimescaleDB to a new place (CONFIRM=analytics-timescale)
	@$(DBOPS) restore analytics-timescale --latest --confirm '$(CONFIRM)' --wait

connect-ts: ## psql on the demo's TimescaleDB
	@$(DBOPS) connect analytics-timescale $(CONFIG)

connect-redis: ## redis-cli on the demo's Redis Cluster
	@$(DBOPS) connect sessions-redis $(CONFIG)

connect-kafka: ## a shell on the demo's Kafka
	@$(DBOPS) connect events-kafka $(CONFIG)

connect-zookeeper: ## the ZooKeeper shell of the demo
	@$(DBOPS) connect coordination-zookeeper $(CONFIG)
