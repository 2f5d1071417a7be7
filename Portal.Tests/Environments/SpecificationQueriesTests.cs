using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Environments;

public sealed class SpecificationQueriesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StoredEnvironments _stored = default!;

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Find_ByNameVersionOrRequest_IsThatOne()
    {
        var environment = await _stored.ReadyAsync(Samples.Shop("shop"));
        var first = (await FindAsync("shop")).Value!;
        var wanted = first.Specification with { Services = [first.Specification.Services[0] with { Image = "ghcr.io/shop/products:9" }, .. first.Specification.Services.Skip(1)] };
        var outcome = await _stored.Get<ChangeEnvironment>().SubmitAsync(Fleet.Engineer, environment, wanted, "shop", default);
        outcome.Refusal.ShouldBeNull();
        var change = outcome.Value!;

        // What it is does not change before that is carried out.
        (await FindAsync("shop")).Value!.Version.ShouldBe(1);
        (await FindAsync("shop@1")).Value.ShouldBe(first);
        var asked = (await FindAsync($"{change.Number}")).Value!;
        (asked.Reference, asked.Request, asked.Specification.Services[0].Image).ShouldBe(("shop@2", change.Number, "ghcr.io/shop/products:9"));
        (await FindAsync("shop@2")).Value.ShouldBe(asked);
        (await FindAsync("shop@3")).Refusal.ShouldBe(new NotFound("shop has no version 3. There are versions 1 to 2."));
        (await FindAsync("shop@9999999999")).Refusal.ShouldBeOfType<NotFound>();
    }

    [Theory]
    [InlineData("moon", "No environment called 'moon' was ever asked for here.")]
    [InlineData("moon@1", "No environment called 'moon' was ever asked for here.")]
    [InlineData("0", "There is no request 0.")]
    [InlineData("9999999999999999999", "There is no request 9999999999999999999.")]
    [InlineData("shop@", "'shop@' is neither")]
    [InlineData("shop@-1", "'shop@-1' is neither")]
    [InlineData("a\u0000b", "'ab' is neither")]
    [InlineData("'; drop table requests", "is neither")]
    public async Task Find_WhatIsNot_SaysWhat(string reference, string message) => (await FindAsync(reference)).Refusal.ShouldBeOfType<NotFound>().Message.ShouldContain(message);

    [Fact]
    public async Task Find_WithoutARole_IsNotAllowed() =>
        (await _stored.Get<SpecificationQueries>().FindAsync(new Actor("nobody", "Nobody", new HashSet<string>()), "shop", default)).Refusal.ShouldBeOfType<NotAllowed>();

    private Task<Outcome<FoundSpecification>> FindAsync(string reference) => _stored.Get<SpecificationQueries>().FindAsync(Fleet.Engineer, reference, default);
}
