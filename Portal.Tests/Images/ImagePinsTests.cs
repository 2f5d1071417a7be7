using Portal.Core.Images;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Images;

public sealed class ImagePinsTests
{
    private static readonly string s_one = $"sha256:{new string('1', 64)}";
    private static readonly string s_two = $"sha256:{new string('2', 64)}";

    private readonly ManualClock _clock = new();
    private readonly Registries _registries = new();
    private readonly ImagePins _pins;

    public ImagePinsTests() => _pins = new ImagePins(_registries, _clock);

    [Fact]
    public async Task Pin_NewEnvironment_WritesBehindEachTagWhatItStandsFor()
    {
        _registries.Digests["ghcr.io/shop/cart:1"] = s_one;

        var pinned = await PinAsync([("cart", "ghcr.io/shop/cart:1"), ("prices", "ghcr.io/shop/prices:2"), ("fixed", $"nginx@{s_two}")]);

        Images(pinned).ShouldBe([$"ghcr.io/shop/cart:1@{s_one}", "ghcr.io/shop/prices:2", $"nginx@{s_two}"]);
        pinned.Pins.ShouldBe(
        [
            new ImagePin("cart", "ghcr.io/shop/cart:1", s_one, null),
            new ImagePin("prices", "ghcr.io/shop/prices:2", null, "it is not known"),
            new ImagePin("fixed", $"nginx@{s_two}", s_two, null),
        ]);
        _registries.Asked.ShouldBe(["ghcr.io/shop/cart:1", "ghcr.io/shop/prices:2"], ignoreOrder: true);
    }

    /// <summary>Else a change of one service would roll out the others, or say that it does.</summary>
    [Fact]
    public async Task Pin_ImagesThatAreThereAlready_StayAsTheyAre()
    {
        var pinned = await PinAsync(
            [("cart", "ghcr.io/shop/cart:1"), ("prices", "ghcr.io/shop/prices:2"), ("users", $"ghcr.io/shop/users:3@{s_two}")],
            [("cart", $"ghcr.io/shop/cart:1@{s_one}"), ("prices", "ghcr.io/shop/prices:2"), ("users", $"ghcr.io/shop/users:3@{s_two}")]);

        Images(pinned).ShouldBe([$"ghcr.io/shop/cart:1@{s_one}", "ghcr.io/shop/prices:2", $"ghcr.io/shop/users:3@{s_two}"]);
        (pinned.Pins.Count, _registries.Asked.Count).ShouldBe((0, 0));
    }

    /// <summary>Who changes the tag in the form leaves the digest of the earlier one behind it.</summary>
    [Fact]
    public async Task Pin_AnotherTagBeforeTheDigestOfTheEarlierOne_IsAskedAnew()
    {
        _registries.Digests["ghcr.io/shop/cart:2"] = s_two;

        var pinned = await PinAsync([("cart", $"ghcr.io/shop/cart:2@{s_one}")], [("cart", $"ghcr.io/shop/cart:1@{s_one}")]);

        Images(pinned).ShouldBe([$"ghcr.io/shop/cart:2@{s_two}"]);
    }

    [Fact]
    public async Task Pin_ImageThatIsPulledWithASecret_IsNotAskedAbout()
    {
        var wanted = Samples.Shop();
        wanted = wanted with { Services = [wanted.Services[0] with { Image = "registry.example/cart:1", PullSecret = "secret:registry#auth" }] };

        var pinned = await _pins.PinAsync(wanted, null, default);

        pinned.Pins.Single().Why.ShouldBe("it is pulled with a secret, which the portal does not read");
        _registries.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pin_ReviewAndSubmit_AskOnce_AndLaterAnew()
    {
        _registries.Digests["ghcr.io/shop/cart:1"] = s_one;
        await PinAsync([("cart", "ghcr.io/shop/cart:1")]);
        await PinAsync([("cart", "ghcr.io/shop/cart:1")]);
        _registries.Asked.Count.ShouldBe(1);

        _registries.Digests["ghcr.io/shop/cart:1"] = s_two;
        _clock.Move(TimeSpan.FromMinutes(2));

        Images(await PinAsync([("cart", "ghcr.io/shop/cart:1")])).ShouldBe([$"ghcr.io/shop/cart:1@{s_two}"]);
    }

    [Fact]
    public async Task Pin_RegistryThatNeverAnswers_GoesOnByTheTag()
    {
        _registries.Silent = true;

        var pinning = PinAsync([("cart", "ghcr.io/shop/cart:1")]);
        pinning.IsCompleted.ShouldBeFalse();
        _clock.Move(TimeSpan.FromSeconds(9));

        var pinned = await pinning;
        Images(pinned).ShouldBe(["ghcr.io/shop/cart:1"]);
        pinned.Pins.Single().Why.ShouldBe("its registry did not answer in time");
    }

    [Fact]
    public async Task Pin_NobodyToAsk_LeavesImagesAndSaysNothing()
    {
        var pinned = await new ImagePins(new NoImageDigests(), _clock).PinAsync(Shop([("cart", "ghcr.io/shop/cart:1")]), null, default);

        (Images(pinned).Single(), pinned.Pins.Count).ShouldBe(("ghcr.io/shop/cart:1", 0));
    }

    /// <summary>The path has a tag, and what it stood for is no other image.</summary>
    [Fact]
    public void GoldenPath_ImageOfThePathWithADigest_KeepsToIt()
    {
        var path = new GoldenPath("small", "Small", "", Shop([("cart", "ghcr.io/shop/cart:1")]), ["services"]);

        path.Faults(Shop([("cart", $"ghcr.io/shop/cart:1@{s_one}")])).ShouldBeEmpty();
        path.Faults(Shop([("cart", $"ghcr.io/shop/cart:2@{s_one}")])).ShouldNotBeEmpty();
    }

    private Task<PinnedSpecification> PinAsync(IReadOnlyList<(string Name, string Image)> wanted, IReadOnlyList<(string Name, string Image)>? before = null) =>
        _pins.PinAsync(Shop(wanted), before is null ? null : Shop(before), default);

    private static Specification Shop(IReadOnlyList<(string Name, string Image)> services) =>
        Samples.Shop() with { Services = [.. services.Select(one => new ServiceSpecification { Name = one.Name, Path = $"/{one.Name}", Image = one.Image })] };

    private static IReadOnlyList<string> Images(PinnedSpecification pinned) => [.. pinned.Specification.Services.Select(service => service.Image)];

    private sealed class Registries : IImageDigests
    {
        public Dictionary<string, string> Digests { get; } = new(StringComparer.Ordinal);

        public System.Collections.Concurrent.ConcurrentQueue<string> Asked { get; } = [];

        public bool Silent { get; set; }

        public bool IsOn => true;

        public async Task<ImageDigest> FindAsync(ImageReference image, CancellationToken cancellationToken)
        {
            Asked.Enqueue(image.Tagged);
            if (Silent)
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return Digests.TryGetValue(image.Tagged, out var digest) ? new ImageDigest(digest, null) : new ImageDigest(null, "it is not known");
        }
    }
}
