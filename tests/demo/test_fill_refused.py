import pytest

from brands.models import Brand, Product
from customers.models import Customer
from inventory.models import ShopDay
from marketing_ops.accounts.models import User
from marketing_ops.demo.fill import NotEmpty, fill, filled
from marketing_ops.runs.models import Run


@pytest.mark.django_db
def test_a_filling_that_was_cut_short_leaves_nothing(district):
    class CutShort(Exception):
        pass

    def stop_in_the_ledger(line):
        if ShopDay.objects.exists():
            raise CutShort

    with pytest.raises(CutShort):
        fill(district, by="test", say=stop_in_the_ledger)
    left = (Customer, User, ShopDay, Run)
    assert not any(model.objects.exists() for model in left) and filled() is None


@pytest.mark.django_db
def test_a_database_with_other_shops_or_products_is_left_alone(district):
    Product.objects.create(name="another", brand=Brand.objects.create(name="another"))
    with pytest.raises(NotEmpty, match="DATABASE_URL"):
        fill(district, by="test")
    assert not Customer.objects.exists()
