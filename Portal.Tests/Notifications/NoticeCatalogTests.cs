using System.Text.Json;
using Dapper;
using Portal.Core.Notifications;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Notifications;

public sealed class NoticeCatalogTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly NoticeCatalog s_catalog = NoticeCatalog.Read();

    [Fact]
    public void Read_OfTheFile_FindsWhatIsToldOfAnEventByItsData()
    {
        Say("operation.succeeded", """{ "operation": "Create" }""")!.Title.ShouldBe("shop is ready");
        Say("operation.succeeded", """{ "operation": "Destroy" }""")!.Title.ShouldBe("shop is gone");
        Say("operation.succeeded", """{ "operation": "Sleep" }""").ShouldBeNull("a timetable's sleep every evening is no news");
        Say("step.succeeded", "{}").ShouldBeNull();
    }

    [Fact]
    public void Say_OfARequest_IsSaidFromItsDataInWords()
    {
        var said = Say("request.submitted", """{ "kind": "Create", "facts": { "monthly": 1904.5, "losesData": false } }""")!;

        said.Title.ShouldBe("Ada asks for a decision on shop");
        said.Text.ShouldBe("A new environment in request 17, $ 1,904.5 a month. It is your turn to decide.");
        said.Path.ShouldBe("/requests/17");
    }

    [Fact]
    public void Say_OfALongText_IsCutWhereACharacterEnds()
    {
        var said = Say("request.asked", JsonSerializer.Serialize(new { text = string.Concat(Enumerable.Repeat("😀", 700)) }))!;

        said.Text.Length.ShouldBeLessThanOrEqualTo(NoticeText.LongestText);
        said.Text.EnumerateRunes().ShouldNotContain(rune => rune.Value == 0xFFFD);
    }

    [Fact]
    public void Say_OfTextWithLiquidInIt_SaysItAsItIs() =>
        Say("request.asked", JsonSerializer.Serialize(new { text = "why {{ actor }} and {% if %}?" }))!.Text.ShouldBe("why {{ actor }} and {% if %}?");

    [Fact]
    public async Task Outbox_OfEveryEventThatSomebodyIsToldOf_HasIt()
    {
        // The database decides what is kept for telling; a kind that it does not keep would be told to nobody, ever.
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var condition = await connection.ExecuteScalarAsync<string>("select pg_get_triggerdef(oid) from pg_trigger where tgname = 'events_told'");
        var kept = (await connection.QueryAsync<string>(
            $"select kind from unnest(@kinds) as new(kind) where {condition!.Split("WHEN (", 2)[1].Split(") EXECUTE", 2)[0]}", new { kinds = s_catalog.Events.ToArray() })).ToList();

        kept.ShouldBe(s_catalog.Events, ignoreOrder: true);
    }

    [Theory]
    [InlineData("delivery: { waits: [] }\nkeptDays: 1\nmostAPerson: 1\nawayDays: 1", "1 or more")]
    [InlineData("delivery: { waits: [1] }\nkeptDays: 1\nmostAPerson: 1\nawayDays: 1\nkinds: [{ id: a, title: A, notices: [{ event: x.y, title: t, text: '{% if %}', to: [owner] }] }]", "x.y")]
    [InlineData("delivery: { waits: [1] }\nkeptDays: 1\nmostAPerson: 1\nawayDays: 1\nkinds: [{ id: a, title: A, notices: [{ event: x.y, title: t, text: t }] }]", "nobody")]
    [InlineData("nonsense: 1", "notices.yaml")]
    public void Parse_OfAFileThatIsWrong_SaysWhere(string yaml, string says) =>
        Should.Throw<InvalidDataException>(() => NoticeCatalog.Parse(yaml)).Message.ShouldContain(says);

    private static SaidNotice? Say(string kind, string body)
    {
        using var data = JsonDocument.Parse(body);
        return s_catalog.Find(kind, data.RootElement)?.Say(new ToldEvent(kind, "shop", 17, "Ada", "Grace", data.RootElement));
    }
}
