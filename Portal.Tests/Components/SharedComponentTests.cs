using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Environments;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Components;

public sealed class SharedComponentTests : IDisposable
{
    private readonly BunitContext _context = new();
    private readonly ManualClock _clock = new();

    public SharedComponentTests()
    {
        _context.Services.AddSingleton<TimeProvider>(_clock);
        _context.Services.AddScoped<PageClock>();
    }

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(EnvironmentState.Ready, "ok", "Ready")]
    [InlineData(EnvironmentState.Failed, "bad", "Failed")]
    [InlineData(EnvironmentState.Requested, "warn", "Waiting for approval")]
    public void StateChip_State_IsColourIconAndWord(EnvironmentState state, string tone, string word)
    {
        var chip = _context.Render<StateChip>(parameters => parameters.Add(component => component.Tone, Tone.Of(state)));

        chip.Find(".chip").ClassList.ShouldContain(tone);
        chip.Find(".chip").TextContent.Trim().ShouldBe(word);
        chip.FindAll("svg").Count.ShouldBe(1);
    }

    [Fact]
    public void StateChip_AlmostDone_DoesNotSayDone()
    {
        var chip = _context.Render<StateChip>(parameters => parameters
            .Add(component => component.Tone, Tone.Of(EnvironmentState.Provisioning))
            .Add(component => component.Fraction, 0.9999));

        chip.Find(".chip").TextContent.Trim().ShouldBe("Provisioning 99 %");
    }

    [Fact]
    public void Tone_EveryState_HasAnIconThatExists()
    {
        var tones = Enum.GetValues<EnvironmentState>().Select(Tone.Of).Concat(Enum.GetValues<StepState>().Select(Tone.Of)).Concat(Enum.GetValues<RequestState>().Select(Tone.Of));

        foreach (var tone in tones)
            _context.Render<StateChip>(parameters => parameters.Add(component => component.Tone, tone)).FindAll("svg > *").ShouldNotBeEmpty();
    }

    [Fact]
    public void DashboardRow_Provisioning_ShowsProgressServicesCostAndLastChange()
    {
        var row = _context.Render<DashboardRow>(parameters => parameters.Add(component => component.Row, Summary(EnvironmentState.Provisioning)).Add(component => component.Columns, EnvironmentList.All.Usual));

        row.Find("a").GetAttribute("href").ShouldBe("/environments/shop-staging");
        row.Find(".chip").TextContent.Trim().ShouldBe("Provisioning 62 %");
        row.Find("[role=progressbar]").GetAttribute("aria-valuenow").ShouldBe("62");
        row.FindAll(".dots .o").Count.ShouldBe(1);
        row.Find(".services").TextContent.ShouldContain("1 / 3");
        row.Find(".money").TextContent.ShouldBe("$ 1,904");
        row.Find(".changed").TextContent.ShouldBe("2 min ago · nodes joining");
    }

    [Fact]
    public void DashboardRow_Failed_SaysWhereAndWhy()
    {
        var row = _context.Render<DashboardRow>(parameters => parameters.Add(
            component => component.Row, Summary(EnvironmentState.Failed) with { FailedAt = "Aurora", FailureReason = "quota of DB clusters reached (40)" })
            .Add(component => component.Columns, EnvironmentList.All.Usual));

        row.Find(".chip").TextContent.Trim().ShouldBe("Failed");
        row.Find(".reason").TextContent.ShouldBe("Aurora: quota of DB clusters reached (40)");
        row.FindAll("[role=progressbar]").ShouldBeEmpty();
    }

    [Fact]
    public void Ago_TimePasses_ChangesItsWords()
    {
        var ago = _context.Render<Ago>(parameters => parameters.Add(component => component.Time, _clock.GetUtcNow()));
        ago.Find("time").TextContent.ShouldBe("just now");

        _clock.Move(TimeSpan.FromMinutes(3));

        ago.WaitForAssertion(() => ago.Find("time").TextContent.ShouldBe("3 min ago"));
    }

    private EnvironmentSummary Summary(EnvironmentState state) => new()
    {
        Id = Guid.Empty,
        Name = "shop-staging",
        Target = "sandbox",
        Region = "us-east-1",
        State = state,
        OwnerName = "Engineer",
        ChangedAt = _clock.GetUtcNow().AddMinutes(-2),
        CreatedAt = _clock.GetUtcNow(),
        LastChange = "nodes joining",
        Services = 3,
        ServicesReady = 1,
        Progress = 0.62,
        MonthlyCost = 1904.4m,
    };
}
