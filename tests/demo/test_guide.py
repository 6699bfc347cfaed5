from django.conf import settings


def test_the_guide_tells_every_story_with_its_first_shop_and_its_day(district):
    guide = (settings.BASE_DIR / "docs" / "demo.md").read_text(encoding="utf-8")
    lines = {
        line.split("`")[1]: line
        for line in guide.splitlines()
        if line.startswith("| `") and line.count("|") == 6
    }
    assert lines.keys() == district.stories.keys()
    for code, story in district.stories.items():
        if story.shops:
            first = min(story.shops) if len(story.shops) > 2 else story.shops[0]
            assert district.town.shops[first].licence_no[-5:] in lines[code], code
        for product in story.products if len(story.products) <= 3 else ():
            name = district.town.products[product].name
            assert name in lines[code] or "transfer" in code, (code, name)
        days = (district.as_of - story.first).days
        if 0 < days < 119:
            assert str(days) in lines[code].split("|")[3], code
