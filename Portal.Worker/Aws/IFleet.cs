namespace Portal.Worker.Aws;

/// <summary>With how many others this worker shares what an account admits.</summary>
public interface IFleet
{
    /// <summary>Living workers, this one among them; 1 where that is not known.</summary>
    int Workers { get; }
}
