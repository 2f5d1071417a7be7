using System.Text.Json;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Tests.Emulator.Kubernetes;

public sealed class NodeGroupsTests
{
    private static readonly NodeGroup s_group = new("shop", "main", "t3.medium", 2, ["subnet-a"]) { MinSize = 1, MaxSize = 4 };

    private readonly MemoryDocuments _documents = new();

    private NodeGroups Groups => new(_documents, "id");

    [Fact]
    public void Find_KeptByAnEarlierVersion_IsThere()
    {
        _documents.Put("kubernetes-nodegroups-id", "main", JsonSerializer.Serialize(s_group));

        Groups.Find("main").ShouldNotBeNull().Size.ShouldBe(2);
    }

    [Fact]
    public void Tell_TheSameAsBefore_KeepsWhatItGrewTo()
    {
        Groups.Tell(s_group);
        Groups.Resize("main", 4);

        Groups.Tell(s_group);
        Groups.Find("main")!.Size.ShouldBe(4);

        Groups.Tell(s_group with { Size = 3 });
        Groups.Find("main")!.Size.ShouldBe(3);
    }

    /// <summary>The controller saw it empty, then somebody asked for nodes: they come.</summary>
    [Fact]
    public void RemoveEmpty_GrownInBetween_StaysThere()
    {
        Groups.Tell(s_group with { MinSize = 0, Size = 0 });
        Groups.Tell(s_group);

        Groups.RemoveEmpty("main");
        Groups.Find("main")!.Size.ShouldBe(2);

        Groups.Tell(s_group with { MinSize = 0, Size = 0 });
        Groups.RemoveEmpty("main");
        Groups.Find("main").ShouldBeNull();
    }
}
