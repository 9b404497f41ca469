"""SQLAlchemy: its pool with pre-ping, Core and ORM, on a driver named as the argument: pymysql or mysqldb."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Column, Integer, LargeBinary, String, create_engine, func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, declarative_base

engine = create_engine(
    URL.create(
        "mysql+" + sys.argv[1],
        os.environ["DB_USER"],
        os.environ["DB_PASSWORD"],
        os.environ["DB_HOST"],
        int(os.environ["DB_PORT"]),
        os.environ["DB_SCHEMA"],
        query={"charset": "utf8mb4"},
    ),
    pool_size=20,
    max_overflow=20,
    pool_pre_ping=True,
    isolation_level="READ COMMITTED",
)
Base = declarative_base()


class Account(Base):
    __tablename__ = "sqlalchemy_account"
    __table_args__ = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
    id = Column(Integer, primary_key=True)
    name = Column(String(100), unique=True)
    balance = Column(Integer, nullable=False, default=0)
    picture = Column(LargeBinary(1 << 24), nullable=True)


Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)

picture = os.urandom(1 << 20)
with Session(engine) as session:
    session.add(Account(name="žlutý 🐎", picture=picture))
    session.add_all(Account(name=f"account {i}") for i in range(200))
    session.commit()
with Session(engine) as session:
    horse = session.execute(select(Account).filter_by(name="žlutý 🐎")).scalar_one()
    assert horse.id is not None and horse.picture == picture
    assert session.execute(select(Account.picture).filter_by(name="account 7")).scalar_one() is None
    session.add(Account(name="account 7"))
    try:
        session.commit()
        raise SystemExit("the duplicate key was accepted")
    except IntegrityError:
        session.rollback()
    with session.begin_nested():
        horse.balance = 5
    session.rollback()
    assert session.get(Account, horse.id).balance == 0


def transfer(i):
    """Moves 1 from nobody to an account: 40 threads share 40 connections, on fewer backends."""
    with Session(engine) as session:
        account = session.execute(select(Account).filter_by(name=f"account {i % 200}").with_for_update()).scalar_one()
        account.balance += 1
        session.commit()


with ThreadPoolExecutor(40) as threads:
    list(threads.map(transfer, range(1000)))
with Session(engine) as session:
    assert session.execute(select(func.sum(Account.balance))).scalar_one() == 1000
    assert session.connection().get_isolation_level() == "READ COMMITTED"
Base.metadata.drop_all(engine)
engine.dispose()
print("OK")
